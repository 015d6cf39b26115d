#include "geo/box.hpp"

namespace geo {

// Boxes that only touch do intersect.
bool Box::intersects(const Box& other) const {
    if (empty() || other.empty()) {
        return false;
    }
    return low_.x <= other.high_.x && other.low_.x <= high_.x && low_.y <= other.high_.y && other.low_.y <= high_.y;
}

double Box::area() const {
    return empty() ? 0.0 : (high_.x - low_.x) * (high_.y - low_.y);
}

}  // namespace geo
