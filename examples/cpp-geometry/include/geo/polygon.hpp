#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <vector>

#include "geo/box.hpp"
#include "geo/vector.hpp"

namespace geo {

enum class Side { kInside, kOutside, kBorder };

/// Base of everything that has an area.
class Shape {
public:
    virtual ~Shape() = default;

    /// Area, never negative.
    virtual double area() const = 0;
    virtual Box bounds() const = 0;
    virtual std::string describe() const;
};

/// A circle around a centre.
class Circle final : public Shape {
public:
    Circle(Point center, double radius);

    double area() const override;
    Box bounds() const override;

private:
    Point center_;
    double radius_;
};

/// A closed polygon without holes; its corners are given once around.
class Polygon : public Shape {
public:
    Polygon(std::initializer_list<Point> corners);
    explicit Polygon(std::vector<Point> corners);

    std::size_t size() const { return corners_.size(); }
    const Point& operator[](std::size_t index) const { return corners_[index % corners_.size()]; }

    double area() const override;
    Box bounds() const override;
    std::string describe() const override;

    /// Area that is positive when the corners go counter-clockwise.
    double signed_area() const;
    double perimeter() const;
    Point centroid() const;
    bool is_convex() const;
    Side locate(const Point& point) const;

    /// Calls a function with both ends of each edge.
    template <typename Visitor>
    void for_each_edge(Visitor visit) const {
        for (std::size_t i = 0; i < corners_.size(); ++i) {
            visit((*this)[i], (*this)[i + 1]);
        }
    }

private:
    std::vector<Point> corners_;
};

/// Returns the smallest convex polygon around some points.
Polygon convex_hull(std::vector<Point> points);

/// Leaves out corners that change the outline by less than a tolerance.
std::vector<Point> simplify(const std::vector<Point>& line, double tolerance);

}  // namespace geo
