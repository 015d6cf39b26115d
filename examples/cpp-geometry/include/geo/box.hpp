#pragma once

#include <algorithm>
#include <limits>

#include "geo/vector.hpp"

namespace geo {

/// An axis-parallel rectangle; empty until the first point is added.
class Box {
public:
    Box() = default;
    Box(const Point& low, const Point& high) : low_(low), high_(high) {
        if (low.x > high.x || low.y > high.y) {
            throw std::invalid_argument("the corners of a box are in the wrong order");
        }
    }

    bool empty() const { return low_.x > high_.x; }

    /// Grows the box so that it covers a point.
    void extend(const Point& point) {
        low_ = {std::min(low_.x, point.x), std::min(low_.y, point.y)};
        high_ = {std::max(high_.x, point.x), std::max(high_.y, point.y)};
    }

    void extend(const Box& other) {
        if (other.empty()) return;
        extend(other.low_);
        extend(other.high_);
    }

    bool contains(const Point& point) const {
        return point.x >= low_.x && point.x <= high_.x && point.y >= low_.y && point.y <= high_.y;
    }

    bool intersects(const Box& other) const;
    double area() const;
    Point center() const { return (low_ + high_) * 0.5; }
    const Point& low() const { return low_; }
    const Point& high() const { return high_; }

    explicit operator bool() const { return !empty(); }

private:
    static constexpr double kFar = std::numeric_limits<double>::infinity();
    Point low_{kFar, kFar};
    Point high_{-kFar, -kFar};
};

}  // namespace geo
