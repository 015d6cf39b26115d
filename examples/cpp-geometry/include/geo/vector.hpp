#pragma once

#include <cmath>
#include <ostream>
#include <stdexcept>

namespace geo {

/// A point or direction in the plane.
template <typename T>
struct Vec2 {
    T x{};
    T y{};

    constexpr Vec2() = default;
    constexpr Vec2(T x_value, T y_value) : x(x_value), y(y_value) {}

    constexpr Vec2 operator+(const Vec2& other) const { return {x + other.x, y + other.y}; }
    constexpr Vec2 operator-(const Vec2& other) const { return {x - other.x, y - other.y}; }
    constexpr Vec2 operator*(T factor) const { return {x * factor, y * factor}; }
    constexpr bool operator==(const Vec2& other) const { return x == other.x && y == other.y; }

    Vec2& operator+=(const Vec2& other) {
        x += other.x;
        y += other.y;
        return *this;
    }

    /// Scalar product.
    constexpr T dot(const Vec2& other) const { return x * other.x + y * other.y; }

    /// Signed area of the parallelogram that two vectors span.
    constexpr T cross(const Vec2& other) const { return x * other.y - y * other.x; }

    double length() const { return std::sqrt(static_cast<double>(dot(*this))); }

    /**
     * @brief Returns the vector of length one in the same direction.
     * @throws std::domain_error for the zero vector
     */
    Vec2<double> normalized() const {
        const double size = length();
        if (size == 0.0) {
            throw std::domain_error("the zero vector has no direction");
        }
        return {x / size, y / size};
    }
};

template <typename T>
std::ostream& operator<<(std::ostream& out, const Vec2<T>& point) {
    return out << '(' << point.x << ", " << point.y << ')';
}

using Point = Vec2<double>;

/// Distance between two points.
inline double distance(const Point& a, const Point& b) { return (b - a).length(); }

/// Distance between a point and the segment from a to b.
double distance(const Point& point, const Point& a, const Point& b);

}  // namespace geo
